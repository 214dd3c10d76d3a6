// The parts that every area is built of.

export * from './actions.tsx';
export * from './choices.tsx';
export * from './errors.tsx';
export { described, Field, FieldGroup, type FieldProps } from './field.tsx';
export * from './figure.tsx';
export * from './inputs.tsx';
export * from './later.tsx';
export * from './lists.tsx';
export * from './page.tsx';
export * from './reason.ts';
export * from './table.tsx';
export * from './text.tsx';
export * from './times.tsx';
export * from './trouble.tsx';
export * from './ways.tsx';
