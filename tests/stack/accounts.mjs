/*
 * The demo accounts, as sql/demo.sql makes them. They exist only in what
 * make run and the tests start.
 */
const PASSWORD = "Calock-demo-2026";

const demo = (role, account, unit = null) =>
	({ role, account, password: PASSWORD, unit });

export const accounts = [
	demo("applicant", "applicant1", "衢州示例建设有限公司"),
	demo("applicant", "applicant2", "衢州样例工程有限公司"),
	demo("reviewer", "reviewer1"),
	demo("reviewer", "reviewer2"),
	demo("operator", "operator1"),
	demo("manager", "manager1"),
	demo("manager", "manager2"),
	demo("auditor", "auditor1"),
];
