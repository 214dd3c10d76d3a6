// Leaving in a hurry, and keeping what is not yet saved: areas say what has to happen before the page is gone.

type Step = () => void;

const steps = new Set<Step>();

/** Calls a step when somebody leaves in a hurry, until the function that it returns is called. */
export function onLeaving(step: Step): () => void {
  steps.add(step);
  return () => { steps.delete(step); };
}

/** Leaves at once, for a page that shows nothing. The way back does not show what was there. */
export function leaveNow(): void {
  document.body.replaceChildren();
  for (const step of steps) step();
  location.replace('about:blank');
}
