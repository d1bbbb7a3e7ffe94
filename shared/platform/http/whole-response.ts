import { HttpResponse, type HttpResponseInit } from "@azure/functions";

/**
 * A response whose body is at hand. The library's own passes every body through a web stream, which costs more than
 * most of our answers take to make and copies the large ones twice.
 */
export class WholeResponse extends HttpResponse {
  override readonly arrayBuffer: () => Promise<ArrayBuffer>;

  constructor(init: Pick<HttpResponseInit, "status" | "headers">, body: string | Uint8Array = "") {
    super(init);
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    // The library passes on any view of bytes that it is given here.
    this.arrayBuffer = async () => bytes as unknown as ArrayBuffer;
  }
}
