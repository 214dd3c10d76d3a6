// Files of a case on their way to the service.

import { client, ok, patiently, type Receipt, wrote } from '../lib/api.ts';

/** What a file may weigh. */
export const mostBytes = 10 * 1024 * 1024;

// What browsers do not know by its name.
const types: Record<string, string> = { amr: 'audio/amr', m4a: 'audio/mp4', ogg: 'audio/ogg', flac: 'audio/flac', txt: 'text/plain' };

/** The endings of the files that are taken. */
export const accepted = '.jpg,.jpeg,.png,.pdf,.txt,.mp3,.m4a,.ogg,.wav,.amr,.flac';

/** The media type of a file: what the browser says, or what its name's ending says. */
export function typeOf({ name, type }: Pick<File, 'name' | 'type'>): string {
  return type !== '' ? type : types[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}

/**
 * Adds a file to a case under an id: the same id again is the same file, so that it can be repeated until an answer comes. `original` keeps
 * a picture exactly as it came. It may take as long as the network needs.
 */
export async function addFile(caseId: string, id: string, file: File, original: boolean): Promise<Receipt> {
  const receipt = await ok(client.PUT('/api/v1/cases/{id}/files/{file}', {
    params: {
      path: { id: caseId, file: id },
      header: { 'Songtor-File-Name': encodeURIComponent(file.name), ...(original && { 'Songtor-Original': 'evidence' as const }) },
    },
    headers: { 'Content-Type': typeOf(file) },
    body: file as never,
    bodySerializer: (body) => body,
    fetch: (request) => patiently(request, null),
  }));
  wrote(receipt.position);
  return receipt;
}

/** Where a file of a case is saved from. */
export function fileAddress(caseId: string, fileId: string): string {
  return `/api/v1/cases/${encodeURIComponent(caseId)}/files/${encodeURIComponent(fileId)}`;
}
