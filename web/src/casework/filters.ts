// The filters of the lists: from the page's address and back, and to what the service is asked. What is shown can be bookmarked, sent to a
// colleague and gone back to. Nothing personal is a filter.

/** The filters of a stage's queue, each empty where it is not set. A status of 'all' is closed cases too, none is open ones. */
export interface QueueFilter {
  status: string;
  province: string;
  agency: string;
  assignee: string;
  task: string;
  due: string;
  urgent: string;
  language: string;
  order: string;
}

const queueNames = ['status', 'province', 'agency', 'assignee', 'task', 'due', 'urgent', 'language', 'order'] as const;
const all = 'all';

/** The filters that an address names. */
export function queueFilter(query: URLSearchParams): QueueFilter {
  return Object.fromEntries(queueNames.map((name) => [name, query.get(name) ?? ''])) as unknown as QueueFilter;
}

/** What the service is asked for with a filter. */
export function queueQuery({ status, ...rest }: QueueFilter): Record<string, string> {
  return filled({ ...(status === '' ? { open: 'true' } : status === all ? {} : { status }), ...rest });
}

/** What the service is asked for when the next case is taken: the same cases, and of them one that nobody has. */
export function takeQuery(filter: QueueFilter): Record<string, string> {
  const { order, open, assignee, ...conditions } = queueQuery(filter);
  return conditions;
}

/** The filter behind a query that was saved. */
export function savedFilter(query: string): QueueFilter {
  const parameters = new URLSearchParams(query);
  const filter = queueFilter(parameters);
  return filter.status === '' && !parameters.has('open') ? { ...filter, status: all } : filter;
}

/** How many filters are set. The order is none. */
export function countOf({ order, ...filter }: QueueFilter): number {
  return Object.values(filter).filter((value) => value !== '').length;
}

/** Whether two filters choose the same, in the same order. */
export function same(a: QueueFilter, b: QueueFilter): boolean {
  return queueNames.every((name) => a[name] === b[name]);
}

/** The boxes of what lies before an agency. The first three hold tasks, the others referrals. */
export const boxes = ['tasks', 'own', 'escalated', 'incoming', 'outgoing', 'pending', 'closed'] as const;
export type Box = (typeof boxes)[number];

const taskBoxes: readonly Box[] = ['tasks', 'own', 'escalated'];

/** Whether a box holds tasks; the others hold referrals, requests for a case and requests for services. */
export function holdsTasks(box: Box): boolean {
  return taskBoxes.includes(box);
}

/** Whose tasks are shown: those of the reader, those that nobody has, or all of the agency. */
export const whose = ['me', 'none', 'all'] as const;
export type Whose = (typeof whose)[number];

/** The kinds of task that are new: somebody asked for something and has no answer yet. */
export const newKinds = ['referral_to_answer', 'hand_over_to_answer', 'service_to_answer'] as const;

/** The filters of what lies before an agency. Those that are empty are not set. */
export interface WorkFilter {
  box: Box;
  whose: Whose;
  due: string; // overdue or today
  kind: string; // a kind of task, or new
  urgent: string;
  province: string;
}

/** The filters that an address names. `usual` is whose tasks are shown where it does not say. */
export function workFilter(query: URLSearchParams, usual: Whose): WorkFilter {
  const value = (name: string) => query.get(name) ?? '';
  return {
    box: boxes.find((name) => name === query.get('box')) ?? 'tasks',
    whose: whose.find((name) => name === query.get('whose')) ?? usual,
    due: value('due'), kind: value('kind'), urgent: value('urgent'), province: value('province'),
  };
}

/** What an address says of a filter. */
export function workAddress({ box, whose: of, ...rest }: WorkFilter, usual: Whose): Record<string, string> {
  return filled({ box: box === 'tasks' ? '' : box, whose: of === usual ? '' : of, ...rest });
}

/** What the service is asked for with a filter. What is due today is due from now on until the day ends. */
export function workQuery(filter: WorkFilter, today: { from: string; until: string }): Record<string, string | string[]> {
  const { box, due, kind, urgent, province } = filter;
  const overdue = due === 'overdue' ? 'true' : '';
  if (!holdsTasks(box)) return filled({ box, overdue, urgent, province });
  return {
    ...filled({ box, overdue, urgent, province, assignee: filter.whose === 'all' ? '' : filter.whose }),
    ...(due === 'today' && { due_from: today.from, due_before: today.until }),
    ...(kind !== '' && { kind: kind === 'new' ? [...newKinds] : [kind] }),
  };
}

/** The parameters that are not empty. */
export function filled(parameters: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''));
}
