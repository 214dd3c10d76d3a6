// What a screenshot is: a page, who looks at it, and what has to happen before.

import type { Page } from 'playwright-core';

import type { Service } from './service.ts';

/** A screenshot. Each is made in Thai and English, on a phone and on a desktop. */
export interface Shot {
  /** Names the file. */
  name: string;
  /** An account of the demonstration; nobody where it is not given. */
  who?: string;
  /** The address, or how to find it. */
  path: string | ((service: Service) => Promise<string>);
  /** What has to be done on the page before. */
  prepare?: (page: Page) => Promise<void>;
  /** The screens on which it is made; all where it is not given. */
  sizes?: ('phone' | 'desktop')[];
}
