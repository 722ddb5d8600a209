"""Commands about the business as a whole: analyses, warnings, arrears, standing."""
