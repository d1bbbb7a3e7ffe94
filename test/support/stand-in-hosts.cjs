/**
 * Loaded before an app (NODE_OPTIONS=--require): leads its connections to the hosts of Azure to their stand-ins on this
 * machine, which STAND_IN_HOSTS names as {"host:port": port}. Others are said on stderr and refused.
 */
const { Socket } = require("node:net");

const standIns = JSON.parse(process.env.STAND_IN_HOSTS);
const here = new Set([undefined, "localhost", "127.0.0.1", "::1"]);
const { connect } = Socket.prototype;

function led({ host, port }) {
  const standIn = standIns[`${host}:${port}`];
  if (standIn === undefined) process.stderr.write(`no stand-in for ${host}:${port}\n`);
  return { host: "127.0.0.1", port: standIn ?? 1 };
}

Socket.prototype.connect = function (...args) {
  // Node calls it with its own list of options and callback, others as it is documented.
  const [first, second, ...rest] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === "object" && first !== null) {
    // A path is a socket's; agents of https set it to null.
    if (first.path || here.has(first.host)) return connect.apply(this, args);
    return connect.call(this, { ...first, ...led(first) }, second, ...rest);
  }
  if (typeof second !== "string" || here.has(second)) return connect.apply(this, args);
  const { host, port } = led({ host: second, port: first });
  return connect.call(this, port, host, ...rest);
};
