// Calls to the service. The session is a cookie that scripts cannot read; nothing secret passes through here but a password or a code,
// once, on its way to the service.

export { calls, leave, patiently, read, type Schemas, send, wrote } from './calling.ts';
export { client, type Command, type CommandBody, give, type Giving, ok, type Receipt } from './client.ts';
export { type Change, type Place, Problem } from './problem.ts';
