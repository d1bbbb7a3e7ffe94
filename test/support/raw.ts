import { connect } from "node:net";

/** Sends one HTTP request exactly as it is written, and answers all that comes back. */
export function send(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("end", () => resolve(answer)).on("error", reject);
  });
}
