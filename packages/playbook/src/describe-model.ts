import { type ModelDefinition, type ModelFeature, type ModelTree, writeFeaturePath } from '@kairos/decisions';
import { conditionWords, pathWords } from './describe-condition.ts';
import { list, quote } from './describe-words.ts';

export function describeModel(model: ModelDefinition): string {
  const who = model.where === null ? 'Every person' : `Every person for whom ${conditionWords(model.where)}`;
  const groups = list(
    model.groups.map(({ id, description }) => `${quote(id)}${description === '' ? '' : ` (${description})`}`),
    'or',
  );
  const by =
    model.method === 'kmeans'
      ? `whose centre is nearest by ${list(model.features.map(featureWords), 'and')}`
      : `at the end of ${questionsOf(model.tree)} questions about ${list(model.features.map(featureWords), 'and')}`;
  return `${who} is in that one of the segments ${groups} ${by}, as of the person’s last event.`;
}

function featureWords({ reads, path }: ModelFeature): string {
  const [field, event] = path;
  if (field === 'counters' && event !== undefined) return `the number of ${quote(event)}`;
  const words = pathWords(writeFeaturePath(path));
  return reads === 'daysSince' ? `days since ${words.replace(/ at ms$/, '')}` : words;
}

const questionsOf = (tree: ModelTree): number =>
  'group' in tree ? 0 : 1 + questionsOf(tree.ifBelow) + questionsOf(tree.otherwise);
