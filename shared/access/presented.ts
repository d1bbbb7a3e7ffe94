/** What someone signs in by. */
export interface Presented {
  /** Of the header. */
  name: string;
  /** Its value. */
  header: string;
  /** Under which it is remembered. */
  key: string;
  /** Where they ask from. */
  address: string;
}
