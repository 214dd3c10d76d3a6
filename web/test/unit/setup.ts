// What of a browser the modules of the page look at when they are loaded. Nothing is drawn in these tests.

import { vi } from 'vitest';

const storage = new Map<string, string>();

vi.stubGlobal('navigator', { languages: ['th-TH'], onLine: true });
vi.stubGlobal('location', new URL('http://localhost/'));
vi.stubGlobal('addEventListener', () => undefined);
vi.stubGlobal('localStorage', {
  getItem: (key: string) => storage.get(key) ?? null,
  setItem: (key: string, value: string) => { storage.set(key, value); },
  removeItem: (key: string) => { storage.delete(key); },
});
