// What other areas use of a case that is open.

export { CaseFrame } from './frame.tsx';
export { asked, type Asked, type Opened, readTimeline, useCase, type UsedCase } from './store.ts';
