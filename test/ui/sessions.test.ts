import type { Locator } from "playwright-core";
import { expect, it } from "vitest";
import { theTrace } from "../trace-factories.ts";
import { seen } from "./browser.ts";
import { describePage, eventually } from "./site.ts";

describePage("sessions of an assistant", {}, (site) => {
  const at = (rest: string) => `/experiments/${site.made.assistant.experiment}/chat-sessions${rest}`;
  const part = (name: string) => site.visitor.part(`shared.model-trace-explorer.${name}`).locator("visible=true");
  const row = (text: string) => site.visitor.page.getByRole("row").filter({ hasText: text });
  const panel = () => site.visitor.page.getByRole("dialog").last();
  /** Waits until an element shows these texts, in this order. */
  const shows = (element: Locator, ...texts: string[]) =>
    eventually(async () => inOrder(texts, await seen(element))).toEqual(texts);
  const open = () => site.visitor.open(at("/returns"), "Turn 3");
  const assess = async () => {
    await part("assessments-pane-toggle").first().click();
    await site.visitor.sees("Session assessments");
  };

  it("are listed with their first input, last output, time, state and tokens", async () => {
    await site.visitor.open(at(""), "View Sessions in Traces tab");
    await site.visitor.page.getByText("View Sessions in Traces tab").click();
    await site.visitor.sees("2 of 2 sessions");
    await shows(row("returns"), "Where is my parcel?", "Answer to: Who pays for that?", "6.0s", "OK", "7200");
    await shows(row("stock?"), "stock", "Is it in stock?", "Answer to: And in blue?", "5.0s", "OK", "2200");
    await site.visitor.page.getByRole("button", { name: "Expand session returns" }).click();
    for (const turn of ["Where is my parcel?", "Can I send it back?", "Who pays for that?"])
      await row(`{"question": "${turn}"}`)
        .filter({ hasText: `Answer to: ${turn}` })
        .waitFor();
  });

  it("are opened with their traces in order, and one of them whole", async () => {
    await open();
    const costs = ["1.0s", "1.2K", "$0.0045", "2.0s", "2.4K", "$0.009", "3.0s", "3.6K", "$0.0135"];
    await shows(panel(), "3 turns", ...costs, "Latency", "6.0000 sec");
    const first = ["Turn 1", "correct: True", "score: 4", "Where is my parcel?", "Answer to: Where is my parcel?"];
    const second = ["Turn 2", "correct: True", "score: 2", "Can I send it back?", "Answer to: Can I send it back?"];
    const third = ["Turn 3", "correct: False", "Who pays for that?", "Answer to: Who pays for that?"];
    await shows(panel(), "6.0000 sec", ...first, ...second, ...third);
    await panel().getByText("View full trace").locator("visible=true").first().click();
    await shows(panel(), "support", "find_order", "chat");
  });

  it("have assessments of their own, and get more", async () => {
    await open();
    await assess();
    await shows(panel(), "Session assessments", "Feedback (1)", "solved", "partly");
    await part("add-feedback").first().click();
    await site.visitor.page.getByRole("menuitem", { name: "Human feedback" }).click();
    await site.visitor.page.getByPlaceholder("Enter a feedback name").fill("friendly");
    await site.visitor.page.getByText("True", { exact: true }).locator("visible=true").last().click();
    await site.visitor.press("Create");
    const stored = async () => (await theTrace(site.app, site.made.assistant.traces[0]!.id)).assessments;
    const metadata = expect.objectContaining({ "mlflow.trace.session": "returns" });
    const added = { assessment_name: "friendly", feedback: { value: true }, metadata };
    await eventually(stored).toContainEqual(expect.objectContaining(added));
    // The pane that is open does not show it, nor does a stock server's.
    await open();
    await assess();
    await shows(panel(), "Session assessments", "Feedback (2)", "friendly", "True");
    await shows(panel(), "Session assessments", "Feedback (2)", "solved", "partly");
  });
});

/** Those of the texts that stand in a whole, each after the one before. */
function inOrder(texts: string[], whole: string): string[] {
  let rest = whole;
  return texts.filter((text) => {
    const place = rest.indexOf(text);
    if (place >= 0) rest = rest.slice(place + text.length);
    return place >= 0;
  });
}
