/** Why a sandbox cannot do what it was asked, in words for whoever asked; never a stack or a path of this machine. */

const MAX_TEXT = 500;

export class SandboxFailure extends Error {
  readonly hint: string | undefined;

  constructor(text: string, hint?: string) {
    super(text.slice(0, MAX_TEXT));
    this.hint = hint;
  }
}

/** The sandbox itself is not there any more. */
export class SandboxGone extends SandboxFailure {
  constructor() {
    super("the sandbox ended while running");
  }
}
