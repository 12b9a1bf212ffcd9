/** The marker names an activation that was not read yet. Nothing has changed: the record is applied again afterwards. */
export class PlaybookAhead extends Error {
  readonly offset: number;
  constructor(offset: number) {
    super(`the playbook was not read up to ${offset} yet`);
    this.offset = offset;
  }
}
