/** Why something that the app needs does not work, for the person who can mend it. Holds no secret. */
export interface Cause {
  /** The same for all faults of a kind. */
  id: string;
  /** One sentence. */
  message: string;
  /** What to do. */
  mend: string;
}
