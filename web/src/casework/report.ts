// A report of the access record, which comes as lines of JSON.

import { client, ok, patiently } from '../lib/api.ts';
import type { AccessReportRow } from './model.ts';

const minutes = 60_000;

/** Reads a report to its end. A connection that closes before has not told everything, and is an error. */
export async function readReport(address: string): Promise<AccessReportRow[]> {
  const text = await ok(client.GET(address as '/api/v1/access-report', {
    params: { query: {} as never }, parseAs: 'text', fetch: (request) => patiently(request, 2 * minutes),
  }));
  return String(text).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as AccessReportRow);
}
