// A request as a page makes it: to an address of its own.

/** What stands for Request in tests without a browser. */
export class PageRequest extends Request {
  constructor(to: RequestInfo | URL, init?: RequestInit) {
    super(to instanceof Request ? to : new URL(to, location.href), init);
  }
}

/** What was asked for: the method and the path. */
export function named({ method, url }: Request): string {
  return `${method} ${new URL(url).pathname}`;
}
