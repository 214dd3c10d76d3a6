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
  hrefOf: (step: string, back?: string) => string;
  refresh: () => Promise<void>;
}
