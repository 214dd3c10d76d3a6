// Commands that are given where something is shown, with one press: taking a case, accepting, linking. Whatever asks for more has a page of
// its own.

import { useRef, useState } from 'preact/hooks';

import { type Command, type CommandBody, give, Problem, type Receipt } from '../lib/api.ts';
import { moved } from './case/store.ts';
import { asProblem } from './loading.ts';

export interface Given {
  problem: Problem | null; // why the last one was not done
  busy: boolean;
  /** Gives a command, and returns its receipt, or null where it was not done. The same one again is the same command. */
  give: <Name extends Command>(caseId: string, name: Name, body: CommandBody<Name>, position?: number) => Promise<Receipt | null>;
  /** Forgets the problem. */
  forget: () => void;
}

/** Lets a page give commands. */
export function useGiving(): Given {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const keys = useRef(new Map<string, string>()); // of the commands given here, by what they say

  async function given<Name extends Command>(caseId: string, name: Name, body: CommandBody<Name>, position?: number): Promise<Receipt | null> {
    const said = JSON.stringify([caseId, name, body]);
    const key = keys.current.get(said) ?? crypto.randomUUID();
    keys.current.set(said, key);
    setBusy(true);
    setProblem(null);
    try {
      const receipt = await give(caseId, name, body, position === undefined ? { key } : { key, position });
      keys.current.delete(said);
      moved(caseId);
      return receipt;
    } catch (error) {
      setProblem(asProblem(error));
      return null;
    } finally {
      setBusy(false);
    }
  }

  return { problem, busy, give: given, forget: () => setProblem(null) };
}
