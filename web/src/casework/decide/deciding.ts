// What every page of a command is drawn with.

import type { Case } from '../model.ts';
import type { Draft } from './draft.ts';
import type { About, CommandForm } from './steps.ts';

/** A command that is being given. */
export interface Deciding {
  form: CommandForm;
  found: Case;
  now: Draft;
  about: About;
  /** Whether it is being given or was: that it is not possible again, since the case has moved by it, is no reason to take its page away. */
  busy: boolean;
  setBusy: (busy: boolean) => void;
  hrefOf: (step: string, back?: string) => string;
  refresh: () => Promise<void>;
}
