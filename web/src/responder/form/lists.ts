// The code lists that a form draws on, by their names; apart from the engine, which the phone needs only while a form is open.

/** The code lists that a form needs. */
export const codeLists = ['agencies', 'countries', 'languages', 'provinces', 'services'] as const;
export type CodeListName = (typeof codeLists)[number];
