// What the colours of the brush are called.

import { t } from '../page/lang.js';

/** What a colour of the brush is called; without one, that there is none. @param {{hue: string, shade: string} | null} colour */
export function colourName(colour) {
  return colour ? t('colours.name', { hue: t(`hue.${colour.hue}`), shade: t(`shade.${colour.shade}`) }) : t('colours.none');
}
