// What is loaded when somebody comes to it, so that a phone in the field does not begin with it.

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { Trouble } from './trouble.tsx';

/** A component that is loaded when it is first drawn. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  return (props) => {
    const [Loaded, setLoaded] = useState<ComponentType<Props> | null>(null);
    const [error, setError] = useState<unknown>(null);
    useEffect(() => { load().then((component) => setLoaded(() => component), setError); }, []);
    if (error !== null) return <Trouble error={error} again={() => location.reload()} />;
    return Loaded === null ? <div class="waiting" aria-busy="true" /> : <Loaded {...props} />;
  };
}
