"""Makes hashes.json: python test/identity/vectors.py > test/identity/hashes.json, where werkzeug is installed."""
import json

from werkzeug.security import generate_password_hash

passwords = ["correct horse battery", "geheim äöü ß 日本語", "with:colon and  spaces ", "p" * 300]
methods = ["scrypt", "scrypt:16384:8:1", "pbkdf2:sha256:1000", "pbkdf2:sha512:2000"]
pairs = [(password, method) for password in passwords for method in methods] + [(passwords[0], "pbkdf2:sha256")]
print(json.dumps([{"password": p, "hash": generate_password_hash(p, m)} for p, m in pairs], indent=1))
