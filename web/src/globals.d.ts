// What the browser has and TypeScript's libraries do not know yet.

interface TrustedTypePolicyOptions {
  createScriptURL?: (address: string) => string;
}

interface TrustedTypePolicyFactory {
  createPolicy(name: string, options: TrustedTypePolicyOptions): { createScriptURL(address: string): string };
}

interface Window {
  readonly trustedTypes?: TrustedTypePolicyFactory;
}

/** The files of the page, and a version that changes with any of them; the build puts both into the service worker. */
declare const __FILES__: string[];
declare const __VERSION__: string;
