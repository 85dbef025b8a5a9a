/*
 * The provider's refusals: one row each, with the HTTP status and the number
 * that ends the Request-ID. ORDER_PAID and the like are its own words.
 */
const CODES = {
	PARAM_ERROR: [400, 268435461],
	INVALID_REQUEST: [400, 268435461],
	APPID_MCHID_NOT_MATCH: [400, 268445527],
	ORDER_PAID: [400, 268449538],
	ORDER_CLOSED: [400, 268447914],
	NO_STATEMENT_EXIST: [400, 268435461],
	STATEMENT_CREATING: [400, 268435461],
	RESOURCE_ALREADY_EXISTS: [400, 268435461],
	SIGN_ERROR: [401, 268443699],
	NO_AUTH: [403, 268435461],
	RULE_LIMIT: [403, 268435461],
	TRADE_ERROR: [403, 268435461],
	NOT_ENOUGH: [403, 268435461],
	ORDER_NOT_EXIST: [404, 268512771],
	RESOURCE_NOT_EXISTS: [404, 268512771],
	METHOD_NOT_ALLOWED: [405, 268435461],
	FREQUENCY_LIMITED: [429, 268447840],
	SYSTEM_ERROR: [500, 268435462],
};

/* A different number for the same code, where the provider has one. */
export const REENTRY_DIFFERS = 268498688;
export const EXTRA_FIELDS = 270924358;

export class Refusal extends Error {
	constructor(code, message, { detail, errno } = {})
	{
		super(message);
		this.code = code;
		[this.status, this.errno] = CODES[code];
		this.errno = errno ?? this.errno;
		this.detail = detail;
	}

	get body()
	{
		return {
			code: this.code,
			...(this.detail && { detail: this.detail }),
			message: this.message,
		};
	}
}
