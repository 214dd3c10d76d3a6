// Addresses. What is shown can be bookmarked and the browser's own Back works; filters lie in the query, personal data nowhere.

import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';

import type { Area } from './i18n.ts';
import type { Role } from './session.ts';

/** What a page is drawn with: the parameters of its path and of its query. */
export interface PageProps {
  params: Record<string, string>;
  query: URLSearchParams;
}

/** A page at an address. */
export interface Route {
  /** Such as `/cases/:id/do/:command`. The first route that fits is taken; `*` at the end stands for any rest, as params.rest. */
  path: string;
  /** Loads what draws the page. */
  load: () => Promise<{ default: ComponentType<PageProps> }>;
  /** The areas whose words it uses, beside the common ones. */
  texts: Area[];
  /** Whose page it is; everybody's who has signed in where it is not given. */
  roles?: Role[];
  /** Whether it works without a session and without the service: it guards by itself what it shows. */
  offline?: boolean;
}

/** An address within the page. */
export interface Address {
  path: string;
  query: URLSearchParams;
  /** Whether a control on the page was set, such as a filter: whoever set it goes on from there. */
  adjusted?: boolean;
}

/** The address that is shown. */
export const address = signal<Address>(here());

function here(): Address {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

addEventListener('popstate', () => { address.value = here(); });

/** Goes to an address. `replace` leaves no way back to the present one. */
export function go(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  address.value = here();
}

/** Shows the page of an address otherwise, as a control on it was set, without a way back to what it showed before. */
export function adjust(href: string): void {
  history.replaceState(null, '', href);
  address.value = { ...here(), adjusted: true };
}

/** The route that fits a path, and its parameters; null where none does. */
export function matched(routes: readonly Route[], path: string): { route: Route; params: Record<string, string> } | null {
  for (const route of routes) {
    const params = parameters(route.path, path);
    if (params !== null) return { route, params };
  }
  return null;
}

function parameters(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern.split('/').filter(Boolean), path.split('/').filter(Boolean)];
  const open = wanted.at(-1) === '*';
  if (open ? given.length < wanted.length - 1 : given.length !== wanted.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    if (part === '*') params.rest = given.slice(i).map(decoded).join('/');
    else if (part.startsWith(':')) params[part.slice(1)] = decoded(given[i] ?? '');
    else if (part !== given[i]) return null;
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // typed by hand; it will name nothing
  }
}

type Parameter = string | number | boolean | null | undefined;

/** An address of a path and parameters; those that are empty are left away, one may have several values. */
export function href(path: string, query: Record<string, Parameter | Parameter[]> = {}): string {
  const filled = Object.entries(query)
    .flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const))
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => [name, String(value)]);
  return filled.length === 0 ? path : `${path}?${new URLSearchParams(filled)}`;
}

/** Lets links within the page be followed without loading it anew. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || event.defaultPrevented || event.button !== 0 || modified(event) || !within(link)) return;
    event.preventDefault();
    const here = link.pathname === location.pathname && link.search === location.search;
    if (here && link.hash !== '') document.getElementById(link.hash.slice(1))?.focus();
    else go(link.pathname + link.search, { replace: here });
  });
}

function modified({ metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean {
  return metaKey || ctrlKey || shiftKey || altKey;
}

function within(link: HTMLAnchorElement): boolean {
  return link.origin === location.origin && link.target === '' && !link.hasAttribute('download') && !link.pathname.startsWith('/api/');
}
