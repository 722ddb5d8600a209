"""A campaign: from a request over the rules, the draw of a control group and the choice to a list.

`request` is what is wanted, `gains` what each offer by each channel would bring whom, `arms` who is
drawn into the control group, `circles` who are drawn together, `power` what effect can be seen,
`making` does it all, and `store` keeps what came of it.
"""
