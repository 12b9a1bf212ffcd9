import { describe, expect, it } from '@jest/globals';
import { isAtLeast, nodeFault } from './build.mjs';

describe('which Node will do', () => {
  it('compares versions by number, not by letter', () => {
    expect(isAtLeast('20.19.0', '20.19.0')).toBe(true);
    expect(isAtLeast('20.20.2', '20.19.0')).toBe(true);
    expect(isAtLeast('20.9.9', '20.19.0')).toBe(false);
    expect(isAtLeast('22.0.0', '20.19.0')).toBe(true);
    expect(isAtLeast('18.20.8', '20.19.0')).toBe(false);
  });

  it('says what is needed, what is here and what to do', () => {
    expect(nodeFault('18.20.8')).toMatch(/needs Node 20\.19\.0 or newer; this is Node 18\.20\.8\. Install/);
    expect(nodeFault()).toBeUndefined();
  });
});
