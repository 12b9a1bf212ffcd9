import type { Bench, BenchContext } from '../kit/bench.ts';
import { median, pairedRatio } from '../kit/statistics.ts';
import { type AssignInput, type EnrichInput, type FitInput, works } from './segments/works.ts';

/** As many customers as the Online Retail data has. */
const CUSTOMERS = 4_372;

/** What it costs to learn segments, and to ask for them with every event. */
export const segments: Bench = {
  name: 'segments',
  about: 'segments that learn: training, and enrich with a model ÷ without any segment, and ÷ with as many rules',
  figures: {
    ratioToNone: {
      about: 'events per CPU s through enrich: with a k-means model ÷ without segments',
      better: 'higher',
    },
    ratioToRules: { about: 'events per CPU s through enrich: with 5 learned groups ÷ with 5 rules', better: 'higher' },
    assignUs: { about: 'CPU µs to find a person’s group of 5 by 4 features, k-means', better: 'lower', gate: 5 },
    assignTreeUs: {
      about: 'CPU µs to find a person’s group, tree of up to 5 questions in a row',
      better: 'lower',
      gate: 5,
    },
    fitKmeansS: {
      about: `CPU s to train k-means on ${CUSTOMERS} customers, report and silhouette included`,
      better: 'lower',
      gate: 10,
    },
    fitTreeS: { about: `CPU s to train a tree on ${CUSTOMERS} customers, report included`, better: 'lower', gate: 10 },
  },
  run: async (context) => {
    const persons = context.quick ? 500 : CUSTOMERS;
    const fit = (kind: FitInput['kind']) => () => context.work(works.fits, { kind, persons });
    const assign = (kind: AssignInput['kind']) => () =>
      context.work(works.assigns, { kind, persons, rounds: context.quick ? 4 : 100 });
    const fits = await context.interleave({ 'fit kmeans': fit('kmeans'), 'fit tree': fit('tree') });
    const assigns = await context.interleave({ 'assign kmeans': assign('kmeans'), 'assign tree': assign('tree') });
    const rates = await throughEnrich(context);
    const samples = {
      ratioToNone: rates.kmeans.map((one, at) => pairedRatio([one], [rates.none[at] ?? one])),
      ratioToRules: rates.kmeans.map((one, at) => pairedRatio([one], [rates.rules[at] ?? one])),
      assignUs: assigns['assign kmeans'].map(({ us }) => us),
      assignTreeUs: assigns['assign tree'].map(({ us }) => us),
      fitKmeansS: fits['fit kmeans'].map(({ cpuS }) => cpuS),
      fitTreeS: fits['fit tree'].map(({ cpuS }) => cpuS),
    };
    return {
      figures: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
      samples,
    };
  },
};

async function throughEnrich(context: BenchContext) {
  const enrich = (segmented: EnrichInput['segmented']) => async () =>
    (await context.work(works.enriches, { events: context.quick ? 5_000 : 200_000, segmented })).perCpuS;
  return context.interleave({ kmeans: enrich('kmeans'), none: enrich('none'), rules: enrich('rules') });
}
