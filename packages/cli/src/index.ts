/** What end-to-end tests and benchmarks use of the command line: a house as people start it. */
export { type FoundHouse, findHouse } from './house/find.ts';
export { choosePorts, planServices, type ServiceName, serviceNames } from './house/plan.ts';
export { publishPlaybook, readPlaybookFiles, starterFolder } from './house/publish.ts';
export { type StartOptions, startHouse } from './house/start.ts';
export { mappingSchema } from './import/mapping/schema.ts';
export { decidingStages, identifyStages } from './playbook/stages.ts';
export { Random } from './shop/random.ts';
export { openPlaces } from './simulate/history/open-history.ts';
export { rehearse } from './simulate/rehearse.ts';
export { openTerminal, type Terminal } from './terminal.ts';
