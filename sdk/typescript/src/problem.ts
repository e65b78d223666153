/** How does the API say no? Every refusal is one error with the problem's own words (RFC 9457). */

import type { components } from "../generated/schema.js";

export interface ProblemDocument {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly request_id?: string;
  readonly current_version?: number | null;
  readonly errors?: ReadonlyArray<components["schemas"]["ErrorPlace"]>;
}

/** Branch on `code`; show the message to a person. */
export class Problem extends Error {
  readonly code: string;

  constructor(
    readonly status: number,
    readonly document: ProblemDocument,
    readonly retryAfterS: number | undefined = undefined,
  ) {
    super(document.detail ?? `The server answered ${status}.`);
    this.name = "Problem";
    this.code = document.code ?? "unknown";
  }
}

/** No answer came, however often it was tried. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}
