import { it } from "vitest";
import { describePage } from "./site.ts";

describePage("traces", {}, (site) => {
  const at = (rest: string) => `/experiments/${site.made.traced.experiment}${rest}`;
  const open = async () => {
    const { page } = site.visitor;
    await site.visitor.open(at(`/traces?selectedEvaluationId=${site.made.traced.trace}`), "look_up");
    return page.getByRole("dialog").last();
  };

  it("are listed with their inputs, outputs, sessions and feedback", async () => {
    await site.visitor.open(at("/traces"), '{"city": "Köln"}');
    for (const text of ["IT IS MILD IN BONN.", "talk-1", "team: weather", "helpful"]) await site.visitor.sees(text);
    await site.visitor.keep("traces");
  });

  it("show their spans and assessments", async () => {
    const panel = await open();
    await panel.getByText("look_up").first().click();
    await panel.getByText("It is mild in Bonn.").first().waitFor();
    await site.visitor.keep("trace");
  });

  it("of an evaluation stand beside its run", async () => {
    await site.visitor.open(at("/evaluation-runs"), "is_upper/mean");
    // Traces of a session are one row, which shows that of them which began first: the two began at once.
    await site.visitor.open(at(`/runs/${site.made.traced.run}/traces`), "2 of 2");
    await site.visitor.sees("talk-1");
    await site.visitor.sees("is_upper");
  });
});
