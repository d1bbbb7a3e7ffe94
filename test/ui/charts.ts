import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { seen } from "./browser.ts";

/** A chart of the dashboard, with its heading and figures. */
export class Chart {
  private readonly card: Locator;
  private readonly plot: Locator;

  /** @param nth which of the places that say so is the heading */
  constructor(page: Page, heading: string, nth = 0) {
    const title = page.getByRole("tabpanel").getByText(heading, { exact: true }).nth(nth);
    this.card = title.locator("xpath=ancestor::*[.//*[contains(@class, 'recharts-wrapper')]][1]");
    this.plot = this.card.locator(".recharts-wrapper").first();
  }

  /** Waits until the card shows these texts. */
  async shows(...texts: string[]): Promise<void> {
    for (const text of texts) await expect.poll(() => seen(this.card), patience).toContain(text);
  }

  /** How many bars have a height. */
  bars = (): Promise<number> => this.card.locator(".recharts-bar-rectangle path").count();

  press(text: string): Promise<void> {
    return this.card.getByText(text, { exact: true }).click();
  }

  /** Points at a label of an axis and waits until the chart says these figures of it, as in `p50: 3.50s`. */
  async says(label: string, ...figures: string[]): Promise<void> {
    await expect.poll(() => this.figuresAt(label), patience).toEqual(expect.arrayContaining(figures));
  }

  private async figuresAt(label: string): Promise<string[]> {
    const tip = await seen(this.plot.locator(".recharts-tooltip-wrapper"));
    const [title, ...figures] = tip.replaceAll(":\n", ": ").split("\n");
    if (title === label) return figures;
    await this.pointAt(label);
    return [];
  }

  private async pointAt(label: string): Promise<void> {
    await this.plot.scrollIntoViewIfNeeded();
    const [text, whole] = await Promise.all([
      this.plot.locator("svg text").getByText(label, { exact: true }).first().boundingBox(),
      this.plot.boundingBox(),
    ]);
    if (!text || !whole) return;
    const { mouse } = this.plot.page();
    const [x, y] = placeOf(text, whole);
    // What the chart says lies above it and would get the movements; outside it is taken away.
    await mouse.move(0, 0);
    await mouse.move(x - 2, y - 2);
    await mouse.move(x, y);
  }
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where in the plot a label's values are: beside a label of the left axis, or above one of the lower axis. */
function placeOf(text: Box, whole: Box): [number, number] {
  const isBelow = text.y > whole.y + whole.height * 0.8;
  return isBelow
    ? [text.x + text.width / 2, whole.y + whole.height / 2]
    : [whole.x + whole.width / 2, text.y + text.height / 2];
}

export const patience = { timeout: 60_000, interval: 200 };
