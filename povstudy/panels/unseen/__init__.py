"""What a panel would have shown, and who was lost from one."""
