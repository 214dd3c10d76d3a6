// What is not on the phone.

/** What the form is made of is not on this phone, and can't be fetched now. */
export class Missing extends Error {
  constructor() {
    super('what the form is made of is not on this phone');
    this.name = 'Missing';
  }
}
