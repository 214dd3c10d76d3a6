// What leads on: buttons and links. A page has one primary button.

import type { ComponentChildren } from 'preact';

import { formSent } from './errors.tsx';

interface ButtonProps {
  children: ComponentChildren;
  look?: 'primary' | 'secondary' | 'warning';
  /** Without it the button sends its form. */
  onClick?: () => void;
  disabled?: boolean;
  /** What is added for those who do not see where the button stands. */
  about?: string;
}

/** A button. */
export function Button({ children, look = 'primary', onClick, disabled = false, about }: ButtonProps) {
  return (
    <button
      class={`govuk-button${look === 'primary' ? '' : ` govuk-button--${look}`}`} type={onClick === undefined ? 'submit' : 'button'}
      aria-disabled={disabled ? 'true' : undefined} onClick={disabled ? undefined : onClick}
    >
      {children}{about !== undefined && <span class="govuk-visually-hidden"> {about}</span>}
    </button>
  );
}

/** A link that looks like a button, to where something begins. */
export function ButtonLink({ children, href, look = 'primary' }: { children: ComponentChildren; href: string; look?: 'primary' | 'secondary' }) {
  return <a class={`govuk-button${look === 'primary' ? '' : ' govuk-button--secondary'}`} href={href} draggable={false}>{children}</a>;
}

/** A button that looks like a link, for what is done beside the main thing. */
export function TextButton({ children, onClick, about }: { children: ComponentChildren; onClick: () => void; about?: string }) {
  return (
    <button class="text-button" type="button" onClick={onClick}>
      {children}{about !== undefined && <span class="govuk-visually-hidden"> {about}</span>}
    </button>
  );
}

/** A link. */
export function Link({ children, href, about }: { children: ComponentChildren; href: string; about?: string }) {
  return <a class="govuk-link" href={href}>{children}{about !== undefined && <span class="govuk-visually-hidden"> {about}</span>}</a>;
}

/** The way back, above the heading. */
export function BackLink({ children, href }: { children: ComponentChildren; href: string }) {
  return <a class="govuk-back-link" href={href}>{children}</a>;
}

/** Buttons and links side by side. */
export function Actions({ children }: { children: ComponentChildren }) {
  return <div class="govuk-button-group">{children}</div>;
}

interface FormProps {
  children: ComponentChildren;
  onSubmit: () => void;
  label?: string;
}

/** A form, which is sent by the page and never by the browser. */
export function Form({ children, onSubmit, label }: FormProps) {
  return (
    <form
      method="post" noValidate aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        formSent();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}
