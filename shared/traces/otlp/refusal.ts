/** A request that is refused before anything is stored. Clients get `{"detail": ...}`, as from stock. */
export class OtlpRefusal extends Error {
  override readonly name = "OtlpRefusal";
  readonly status: number;
  readonly detail: unknown;

  constructor(status: number, detail: unknown) {
    super(typeof detail === "string" ? detail : JSON.stringify(detail));
    this.status = status;
    this.detail = detail;
  }
}

/** What can't be read as spans, in stock's words. */
export const notOtlp = () => new OtlpRefusal(400, "Invalid OpenTelemetry format");

/** A span without its ids. */
export const notSpan = () => new OtlpRefusal(422, "Cannot convert OpenTelemetry span to MLflow span");

/** Spans whose values can't be stored. */
export const notStorable = () => new OtlpRefusal(422, "Failed to log OpenTelemetry spans");

/** @param limit in bytes */
export const tooLarge = (limit: number) =>
  new OtlpRefusal(
    413,
    `The spans take more than ${limit} bytes when unpacked. Send fewer at once, or raise MLFLOW_FUNCTIONS_OTLP_LIMIT.`,
  );
