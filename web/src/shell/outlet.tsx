// Shows the page of the address: finds its route, loads its area and the area's words, and asks for a sign-in where one is needed.

import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { Component } from 'preact';
import { useEffect } from 'preact/hooks';

import { loadTexts } from '../lib/i18n.ts';
import { address, go, matched, type PageProps, type Route } from '../lib/route.ts';
import { learnSession, limited, session, standing } from '../lib/session.ts';
import { later, NotFound, Trouble } from '../parts/index.ts';
import { isPhone } from './phone.ts';
import { homeOf, routes } from './routes.ts';

interface Loaded {
  route: Route;
  Page: ComponentType<PageProps>;
}

const loaded = signal<Loaded | null>(null);
const failed = signal<unknown>(null);

/** The page of the address. */
export function Outlet() {
  const { path, query } = address.value;
  const place = limited.value && !path.startsWith('/account') ? '/account' : path;
  const found = matched(routes, place);
  useEffect(() => { void load(found?.route ?? null); }, [found?.route]);
  if (place === '/') return <Home />;
  if (path === '/sign-in') return <SignIn then={query.get('then')} outside={query.get('outside')} />;
  const guard = guarded(found?.route ?? null);
  if (guard !== null) return guard;
  if (found === null) return <NotFound />;
  if (failed.value !== null) return <Trouble error={failed.value} again={() => void load(found.route)} />;
  if (loaded.value === null || loaded.value.route !== found.route) return <Waiting />;
  const { Page } = loaded.value;
  const whose = found.route.offline ? '' : session.value?.user.id; // what one has written is not the next one's
  return <Boundary key={`${whose} ${place}`}><Page params={found.params} query={query} /></Boundary>;
}

function Home() {
  const { state } = standing.value;
  const home = state === 'in' ? homeOf(standing.value.session.user.role) : isPhone.value ? '/responder' : null;
  useEffect(() => {
    if (home !== null) go(home, { replace: true });
  }, [home]);
  if (home !== null || state === 'unknown') return <Waiting />;
  return guarded(null) ?? <Waiting />;
}

// What stands in the way of a page: no answer of the service yet, nobody signed in, another's role.
function guarded(route: Route | null) {
  if (route?.offline) return null;
  const now = standing.value;
  switch (now.state) {
    case 'unknown':
      return <Waiting />;
    case 'unreachable':
      return <Trouble error={now.problem} again={() => void learnSession()} />;
    case 'out':
      return <SignIn ended={now.ended} />;
    case 'in':
      return route?.roles && !route.roles.includes(now.session.user.role) ? <NotFound /> : null;
  }
}

// Asking who is there is a page of its own: a phone in the field does not carry it.
const SignIn = later(() => import('./signin.tsx').then((module) => module.SignIn));

// Whoever goes on before a page has come may be answered in another order: what was not asked for last is not taken.
let asked: Route | null = null;

async function load(route: Route | null): Promise<void> {
  asked = route;
  failed.value = null;
  if (route === null) return;
  try {
    const [{ default: Page }] = await Promise.all([route.load(), loadTexts(...route.texts)]);
    if (asked === route) loaded.value = { route, Page };
  } catch (error) {
    if (asked === route) failed.value = error;
  }
}

function Waiting() {
  return <div class="waiting" aria-busy="true" />;
}

// A fault in one page does not take the others away.
class Boundary extends Component<{ children: preact.ComponentChildren }, { error: unknown }> {
  override state = { error: null };

  static override getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    console.error(this.state.error);
    return <Trouble error={this.state.error} again={() => location.reload()} />;
  }
}
