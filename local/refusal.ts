/** Why the start can't go on, in one sentence for the person who started it. */
export class Refusal extends Error {}
