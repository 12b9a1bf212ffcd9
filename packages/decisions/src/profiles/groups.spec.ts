import { describe, expect, it } from '@jest/globals';
import { groupView, joinGroup, MAX_GROUP_TRAITS, MAX_GROUPS, mergedGroups } from './groups.ts';
import { eventFrom, OneProfile, playbookWith, segmentOf, T0 } from './profile.fixture.ts';
import { newProfile, type ProfileState } from './profile-state.ts';

const says = (groupId: unknown, traits: object, atMs = T0) =>
  eventFrom({ type: 'group', name: 'Group Joined', properties: { groupId, traits }, occurredAtMs: atMs });

const fold = (...events: readonly ReturnType<typeof says>[]): ProfileState =>
  events.reduce((profile, event) => joinGroup(profile, event), newProfile('user:1', T0));

describe('the company that a person belongs to', () => {
  it('is known by id and traits, and conditions ask for it', () => {
    const ada = new OneProfile(playbookWith(segmentOf('big', 'profile.group.traits.employees > 100')));
    expect(ada.view).toMatchObject({ group: null });
    const properties = { groupId: 'acme', traits: { employees: 300, plan: 'gold' } };
    const { event } = ada.sees({ type: 'group', name: 'Group Joined', properties });
    expect(event.segments).toEqual(['big']);
    expect(ada.view).toMatchObject({ group: { id: 'acme', traits: { employees: 300, plan: 'gold' } }, traits: {} });
  });

  it('takes traits in Segment’s own layout too, as a server may write them on the log', () => {
    const event = eventFrom({ type: 'group', properties: { groupId: 'acme' }, traits: { plan: 'gold' } });
    expect(groupView(joinGroup(newProfile('user:1', T0), event).groups)).toEqual({
      id: 'acme',
      traits: { plan: 'gold' },
    });
  });

  it('is the one that was named last by its own time, in whatever order they come', () => {
    const events = [says('a', { x: 1 }, T0), says('b', { x: 2 }, T0 + 2), says('a', { y: 3 }, T0 + 1)];
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [2, 1, 0],
    ];
    for (const order of orders) {
      const { groups } = fold(...order.flatMap((at) => events[at] ?? []));
      expect(groupView(groups)).toEqual({ id: 'b', traits: { x: 2 } });
      expect(groups?.a?.traits).toEqual({ x: 1, y: 3 });
    }
  });

  it('has an end: five companies, thirty traits of each, none too long, no name that reaches a prototype', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`t${at}`, at]));
    const first = fold(says('a', { ...many, long: 'x'.repeat(600), constructor: 1 }));
    expect(Object.keys(first.groups?.a?.traits ?? {})).toHaveLength(MAX_GROUP_TRAITS);
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const { groups } = fold(...ids.map((id, at) => says(id, {}, T0 + at)));
    expect(Object.keys(groups ?? {})).toEqual(ids.slice(-MAX_GROUPS));
    for (const bad of ['', '__proto__', null, {}, 'x'.repeat(300)]) expect(fold(says(bad, {})).groups).toBeUndefined();
  });

  it('is the same whoever of two persons moves to whom', () => {
    const one = fold(says('a', { x: 1, same: 'p' }), says('b', { z: 1 }, T0 + 5)).groups;
    const other = fold(says('a', { x: 2, same: 'q' }), says('c', {}, T0 + 9)).groups;
    expect(mergedGroups(one, other)).toEqual(mergedGroups(other, one));
    expect(groupView(mergedGroups(one, other).groups)?.id).toBe('c');
    expect(mergedGroups(undefined, one)).toEqual({ groups: one });
    expect(mergedGroups(undefined, undefined)).toEqual({});
  });
});
