"""What measures and domains are called, in English and Chinese."""

SHORTCUTS = {  # what was done to spells with a known hazard
    "all of it right": ("all of it right", "全部正确"),
    "errors by household": ("villages taken for independent households", "把同村各户当作独立"),
    "late entry ignored": ("late entry ignored", "忽略延迟进入"),
    "unknown start as start": ("first seen taken for the start", "把首次观测当作起点"),
    "constant hazard": ("years out left out", "不考虑脱贫年数"),
    "false falls": ("3 % false falls a year", "每年3%误记返贫"),
    "differences unseen": ("unseen differences, none in the model", "存在未观测差异而模型不含"),
    "gamma frailty": ("unseen differences, gamma in the model", "存在未观测差异，模型含伽马脆弱项"),
}
