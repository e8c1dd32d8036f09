/** A broken invariant, by the name under which the literature knows it. Ends the seed. */
export class Violation extends Error {
  constructor(
    readonly invariant: string,
    readonly what: string,
  ) {
    super(`${invariant}: ${what}`);
    this.name = "Violation";
  }
}
