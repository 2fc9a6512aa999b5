/** Whether the page is laid out for a phone, upright or held sideways; style.css asks the same. */
export const phone = matchMedia('(max-width: 700px), (pointer: coarse) and (max-height: 500px)');
