import { it } from "vitest";
import { seen } from "./browser.ts";
import { describePage, eventually } from "./site.ts";

/** Colours of runs, times and what is not there are left out. */
const leftOut = /^(#[0-9a-f]{6}|\d+(\.\d+)?ms|[-—]|)$/i;

describePage("two evaluation runs", {}, (site) => {
  const shown = async () => {
    const text = await seen(site.visitor.page.locator("body"));
    return text
      .split("\n")
      .filter((line) => !leftOut.test(line))
      .join(" | ");
  };
  const shows = (...texts: string[]) => eventually(shown).toContain(texts.join(" | "));
  const compare = async () => {
    const { experiment } = site.made.assistant.evaluated;
    await site.visitor.open(`/experiments/${experiment}/evaluation-runs`, "words/mean");
    await shows("new-prompt", "Eval");
    for (const name of ["new-prompt", "old-prompt"])
      await site.visitor.page.getByRole("checkbox", { name: `Select run ${name}` }).click();
    await site.visitor.press("Compare (2)");
    await site.visitor.sees("Comparison Insights");
  };

  it("are compared by their scorers", async () => {
    await compare();
    await shows("is_short", "100%", "Highest pass rate", "50%", "-50%");
    await shows("words", "1.50", "4");
    await shows("Traces", "2", "2");
  });

  it("are compared trace by trace", async () => {
    await compare();
    await site.visitor.page.getByText("Details", { exact: true }).click();
    await site.visitor.sees("2 comparison rows");
    await shows("is_short", "100%", "TRUE", "50%");
    await shows("words", "1.5", "AVG", "4");
    const far = ['{"question": "Is it far?"}', "new-prompt", '"Not far."', "True", "2", "OK"];
    await shows(...far, "old-prompt", '"No."', "True", "1", "OK");
    const open = ['{"question": "Is it open?"}', "new-prompt", '"Yes."', "True", "1", "OK"];
    await shows(...open, "old-prompt", '"Yes, from 9 to 17 every day."', "False", "7", "OK");
    await site.visitor.page.getByText('{"question": "Is it open?"}').locator("visible=true").first().click();
    await site.visitor.sees("Comparing traces from Runs");
    await shows('− "Yes."', '+ "Yes, from 9 to 17 every day."');
  });
});
