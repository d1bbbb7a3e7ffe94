"""Signs MLflow's client in with Microsoft Entra ID.

MLflow finds `EntraRequestAuthProvider` by its entry point and asks it for each request, where MLFLOW_TRACKING_AUTH is
`entra`. MLFLOW_ENTRA_ID_SCOPE names what a token is for.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, UNAUTHENTICATED
from mlflow.tracking.request_auth.abstract_request_auth_provider import RequestAuthProvider
from requests.auth import AuthBase

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential
    from requests import PreparedRequest

__all__ = ["EntraAuth", "EntraRequestAuthProvider"]

SCOPE = "MLFLOW_ENTRA_ID_SCOPE"

RENEWED_BEFORE = 300
"""Seconds before its end from which a token is renewed. A request may be on its way for long."""

PAUSE_AFTER_FAILURE = 30
"""Seconds for which a token that still holds is used after it could not be renewed."""


class EntraAuth(AuthBase):
    """Puts a token into each request. It is kept until shortly before its end, since a credential may start a process
    for each, as that of the Azure CLI does. Threads share one object."""

    def __init__(self, scope: str, credential: TokenCredential | None = None) -> None:
        """
        Args:
            scope: What a token is for, as `api://<client id>/.default`.
            credential: Where tokens come from: a `DefaultAzureCredential` where it is left out.
        """
        self._scope = scope
        self._credential = credential
        self._token: AccessToken | None = None
        self._renew_at = 0.0
        self._lock = threading.Lock()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._current().token}"
        return request

    def _current(self) -> AccessToken:
        token = self._token
        if token is not None and time.time() < self._renew_at:
            return token
        with self._lock:
            if self._token is None or time.time() >= self._renew_at:
                self._token = self._renewed(self._token)
            return self._token

    def _renewed(self, old: AccessToken | None) -> AccessToken:
        from azure.core.exceptions import AzureError

        try:
            if self._credential is None:
                from azure.identity import DefaultAzureCredential

                self._credential = DefaultAzureCredential()
            token = self._credential.get_token(self._scope)
        except AzureError as error:
            now = time.time()
            if old is not None and now < old.expires_on:
                self._renew_at = min(now + PAUSE_AFTER_FAILURE, old.expires_on)
                return old
            raise MlflowException(
                f"Microsoft Entra ID gave no token for {self._scope}: {error.message}", error_code=UNAUTHENTICATED
            ) from error
        self._renew_at = token.expires_on - RENEWED_BEFORE
        return token


class EntraRequestAuthProvider(RequestAuthProvider):
    """What MLflow asks for by the name `entra`."""

    def __init__(self) -> None:
        self._made: dict[str, EntraAuth] = {}
        self._lock = threading.Lock()

    def get_name(self) -> str:
        return "entra"

    def get_auth(self) -> EntraAuth:
        """The same object for each request of a process, whose token it keeps.

        Raises:
            MlflowException: Where MLFLOW_ENTRA_ID_SCOPE is not set.
        """
        scope = os.environ.get(SCOPE, "").strip()
        if not scope:
            raise MlflowException(
                f"Set {SCOPE} to what tokens are for, as api://<client id of the app registration>/.default",
                error_code=INVALID_PARAMETER_VALUE,
            )
        with self._lock:
            return self._made.setdefault(scope, EntraAuth(scope))
