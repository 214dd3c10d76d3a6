// How far a case has come, as the list of stages that stands at the top of every page about it.

import { type Stage, stages } from './model.ts';

export type StepState = 'passed' | 'current' | 'ahead';

export interface Step {
  stage: Stage;
  state: StepState;
}

/** The stages with where the case is. A case that has ended has passed the stage in which it ended, too. */
export function steps(current: Stage, open = true): Step[] {
  const reached = stages.indexOf(current);
  return stages.map((stage, i) => ({ stage, state: i < reached ? 'passed' : i > reached ? 'ahead' : open ? 'current' : 'passed' }));
}
