// So many of a thing, in words.

import { blockName, t } from '../page/lang.js';

/** "planks × 4"; of one, the name alone. @param {{name: string}} kind @param {number} count */
export const countedName = (kind, count) => (count > 1 ? t('thing.many', { thing: blockName(kind), count }) : blockName(kind));
