/**
 * Progress of what runs in the background: one line that is written again and again on a terminal, else a line for each
 * step.
 */
export function showProgress(stream: NodeJS.WriteStream = process.stdout) {
  let shown = "";
  const clear = () => {
    if (stream.isTTY && shown) stream.write(`\r${" ".repeat(shown.length)}\r`);
  };
  return {
    show(step: string, percent?: number): void {
      const text = stream.isTTY && percent !== undefined ? `${step} ${percent}%` : step;
      if (text === shown) return;
      clear();
      stream.write(stream.isTTY ? text : `${text}\n`);
      shown = text;
    },
    /** Clears the progress line, so that another line can be printed. */
    end(): void {
      clear();
      shown = "";
    },
  };
}
