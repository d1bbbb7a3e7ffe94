/** Why a command can't go on, in one sentence for the person who called it. */
export class Refusal extends Error {}

/** Arguments that a command does not take. */
export class Misuse extends Refusal {}
