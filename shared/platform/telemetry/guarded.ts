import { type ExportResult, ExportResultCode } from "@opentelemetry/core";

interface Exporter<Data> {
  export(data: Data, done: (result: ExportResult) => void): unknown;
}

/** A queue of 2,048 spans, flushed at once, is sent in four. */
const mostUnderWay = 4;

/**
 * Has an exporter send only so much at a time, so that what is slow or away fills no memory. What can't be sent is
 * dropped.
 * @param failed is told of that
 */
export function guarded<Data, Each extends Exporter<Data>>(exporter: Each, failed: (error?: Error) => void): Each {
  const send = exporter.export.bind(exporter);
  let underWay = 0;
  exporter.export = (data, done) => {
    if (underWay >= mostUnderWay) {
      const error = new Error("what was sent before is still under way");
      failed(error);
      return done({ code: ExportResultCode.FAILED, error });
    }
    underWay += 1;
    let isDone = false;
    // One of the exporters says it twice.
    const finish = (result: ExportResult) => {
      if (isDone) return;
      isDone = true;
      underWay -= 1;
      if (result.code === ExportResultCode.FAILED) failed(result.error);
      done(result);
    };
    const fail = (error: Error) => finish({ code: ExportResultCode.FAILED, error });
    try {
      Promise.resolve(send(data, finish)).catch(fail);
    } catch (error) {
      fail(error as Error);
    }
  };
  return exporter;
}
