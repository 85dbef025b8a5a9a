/*
 * When a field is needed, by the form's words: true, false, or null where
 * only the server knows or the applicant may leave it empty.
 */
const NEEDS = {
	always: () => true,
	never: () => null,
	renewal: ({ category }) => category === "renewal",
	mail: ({ pickup }) => pickup === "mail",
	second_new: () => null,
};

export function isNeeded(required, values)
{
	return NEEDS[required](values);
}

/* Whether it is shown: also when the server asks for it. */
export function isShown({ name, required }, values, errors)
{
	if (required === "second_new")
		return errors.some((e) => e.field === name) ||
			(values[name] ?? null) !== null;
	return isNeeded(required, values) !== false;
}

export function isKindNeeded({ required }, values)
{
	return required === "always" || values.category === required;
}
