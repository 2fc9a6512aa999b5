/** Whether the page is laid out for a phone, upright or held sideways; style.css asks the same. */
export const phone = matchMedia('(max-width: 700px), (pointer: coarse) and (max-height: 500px)');

/** Whether the player points with a finger: what it does is told then, and not what keys and mouse do. */
export const fingers = matchMedia('(pointer: coarse)');
