// Every command that a person gives to a case, and how.

import { commandLabel } from '../parts/words.ts';
import { doHref } from '../links.ts';
import { course } from './table/course.ts';
import { first } from './table/first.ts';
import { guard } from './table/guard.ts';
import { stages } from './table/stages.ts';
import type { CommandForm, Elsewhere } from './steps.ts';

export { commandLabel, doHref };

/** The table of the commands. A test holds it to the service's description, so that neither can drift. */
export const commands: Readonly<Record<string, CommandForm | Elsewhere>> = { ...first, ...stages, ...course, ...guard };

/** How a command is given on pages of its own; null where it is not. */
export function formOf(command: string): CommandForm | null {
  const entry = Object.hasOwn(commands, command) ? commands[command] : undefined;
  return entry === undefined || 'elsewhere' in entry ? null : entry;
}
